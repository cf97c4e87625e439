import { expect, test } from 'vitest';
import { castByBits } from './casts';
import { DTYPES, type DType, dtypeKind, itemByteLength } from './dtypes';
import { castHostArray, readElement, writeElement } from './elements';
import { hostArray } from './hostArray';

/** float32 values at the edges of every float type, and what NumPy with ml_dtypes makes of them (the bytes in hexadecimal). */
const GOLDEN = {
  float32:
    '00000000000000800000803f0000c0bf0000403f000040400080803f0080813f00002040000060400000a0400000c0400000e04000007c410000f0410000f84100007043000078430000e0430000e8430000f043000060470000704700ef7f4700f07f4777cc2b3200008033000000330000003b00000037000080000000010006097f7f827e7f7fcaf24971caf249f10000807f000080ff0000c07f0000c0ff',
  bfloat16:
    '00000080803fc0bf403f4040803f823f20406040a040c040e0407c41f041f84170437843e043e843f04360477047804780472c3280330033003b0037800001007f7f7f7f4a714af1807f80ffc07fc0ff',
  float16:
    '00000080003c00be003a0042043c0c3c00410043004500460047e04b804fc04f805bc05b005f405f805f007b807bff7b007c0000010000000018800000000000007c007c007c00fc007c00fc007e00fe',
  float8_e3m4: '008030b828483030444c54585c70707070707070707070707000000000000000707070f070f078f8',
  float8_e4m3: '008038bc3444383842464a4c4e585f6077787878787878787800000001000000787878f878f87cfc',
  float8_e4m3b11fnuz: '000058dc5464585862666a6c6e787f80808080808080808080000000100000008080808080808080',
  float8_e4m3fn: '008038bc3444383842464a4c4e585f6077787e7e7f7f7f7f7f000000010000007f7f7fff7fff7fff',
  float8_e4m3fnuz: '000040c43c4c40404a4e5254566067687f8080808080808080000000020000008080808080808080',
  float8_e5m2: '00803cbe3a423c3c41434546474c50505c5c5f5f607b7c7c7c000000180000007c7c7cfc7cfc7efe',
  float8_e5m2fnuz: '000040c23e4640404547494a4b50545460606363647f8080800000001c0100008080808080808080',
  float8_e8m0fnu: 'ffff7fff7f817f7f808181828283848487878888888f8f8f8f646766766e0100ffffe3ffffffffff',
  float4_e2m1fn: '0008020b020502020406060707070707070707070707070707000000000000000707070f070f0800',
} as const;

const fromHex = (text: string): Uint8Array => Uint8Array.from(text.match(/../g)!, (pair) => Number.parseInt(pair, 16));
const count = GOLDEN.float32.length / 8;
const source = hostArray('float32', [count], fromHex(GOLDEN.float32));

test.each(Object.keys(GOLDEN) as (keyof typeof GOLDEN)[])('float32 to %s as NumPy casts it, signs of NaN included', (dtype) => {
  const { data } = castHostArray(source, dtype);
  const size = itemByteLength(dtype);
  for (let i = 0; i < count; i++) {
    const expected = fromHex(GOLDEN[dtype]).subarray(i * size, (i + 1) * size);
    expect([...data.subarray(i * size, (i + 1) * size)], `${readElement(source, i)}`).toEqual([...expected]);
  }
});

const FLOATS = DTYPES.filter((dtype) => dtypeKind(dtype) === 'float');
const pairs = FLOATS.flatMap((from) => FLOATS.map((to): [DType, DType] => [from, to]));

test('casts by bits give what casts of single elements give', () => {
  let compared = 0;
  for (const [from, to] of pairs) {
    const array = castHostArray(source, from);
    const fast = castByBits(array, to);
    if (fast === undefined) continue;
    const slow = { dtype: to, data: new Uint8Array(fast.length) };
    for (let i = 0; i < count; i++) {
      writeElement(slow, i, readElement(array, i));
      expect(readElement({ dtype: to, data: fast }, i), `${from} to ${to}`).toEqual(readElement(slow, i));
    }
    compared++;
  }
  expect(compared).toBe(25);
});

test('unaligned arrays are cast too', () => {
  const shifted = new Uint8Array(source.data.length + 1);
  shifted.set(source.data, 1);
  const unaligned = hostArray('float32', [count], shifted.subarray(1));
  for (const dtype of FLOATS) expect(castHostArray(unaligned, dtype).data).toEqual(castHostArray(source, dtype).data);
});
