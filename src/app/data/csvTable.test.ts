import { describe, expect, test } from 'vitest';
import { type CsvTable, readCsvFile, readCsvText } from './csvTable';

const shape = ({ columns, rows, classNames, task, values }: CsvTable) => ({ columns, rows, classNames, task, values: [...values] });
const plain = { columns: ['a', 'b', 'label'], rows: 2, classNames: ['no', 'yes'], task: 'classification', values: [1, 2, 1, 3, 4, 0] };

describe('odd tables that load', () => {
  test.each([
    ['plain', 'a,b,label\n1,2,yes\n3,4,no\n'],
    ['byte order mark', '\uFEFFa,b,label\n1,2,yes\n3,4,no\n'],
    ['CRLF and no last line break', 'a,b,label\r\n1,2,yes\r\n3,4,no'],
    ['CR alone', 'a,b,label\r1,2,yes\r3,4,no\r'],
    ['semicolons', 'a;b;label\n1;2;yes\n3;4;no\n'],
    ['tabs', 'a\tb\tlabel\n1\t2\tyes\n3\t4\tno\n'],
    ['quotes', '"a","b","label"\n"1","2","yes"\n"3","4","no"\n'],
    ['blank lines and spaces', '\n a , b ,label\n\n 1, 2 ,yes\n 3,4, no \n\n\n'],
    ['the label first', 'label,a,b\nyes,1,2\nno,3,4\n'],
  ])('%s', (_, text) => {
    expect(shape(readCsvText(text, 't'))).toEqual(plain);
  });

  test('decimal commas where semicolons part columns', () => {
    expect([...readCsvText('a;y\n1,5;0\n2,5;1\n', 't').values]).toEqual([1.5, 0, 2.5, 1]);
  });

  test('no header', () => {
    expect(shape(readCsvText('1,2,0\n3,4,1\n', 't'))).toMatchObject({ columns: ['x1', 'x2', 'label'], classNames: ['0', '1'] });
  });

  test('delimiters, quotes and line breaks inside quotes', () => {
    expect(readCsvText('"a, in ""mm""\nlong",kind\n1,"x, y"\n2,z\n', 't')).toMatchObject({
      columns: ['a, in "mm"\nlong', 'kind'],
      classNames: ['x, y', 'z'],
    });
  });

  test('a quantity is regression', () => {
    expect(readCsvText('a,price\n1,10.5\n2,11.25\n3,9\n', 't')).toMatchObject({ task: 'regression', classNames: [] });
  });

  test('classes are ordered as people count', () => {
    expect(readCsvText('a,c\n1,c10\n2,c9\n3,c1\n', 't').classNames).toEqual(['c1', 'c9', 'c10']);
  });

  test('hostile names stay names', () => {
    const table = readCsvText('__proto__,constructor\n1,<img src=x onerror=alert(1)>\n2,__proto__\n', 't');
    expect(table.columns).toEqual(['__proto__', 'constructor']);
    expect(table.classNames).toContain('__proto__');
  });

  test('bad rows are left out when asked, and counted', () => {
    expect(readCsvText('a,b,c\n1,2,x\n1,n/a,y\n1,2\n3,4,y\n', 't', { skipBadRows: true })).toMatchObject({ rows: 2, skipped: 2 });
  });

  test('200,000 rows in pieces, cut inside rows and characters', async () => {
    const lines = Array.from({ length: 200_000 }, (_, i) => `${i},${i % 2 ? 'grün' : 'rot'}`);
    const table = await readCsvFile(new Blob([`x,farbe\r\n${lines.join('\r\n')}`]), 'big.csv');
    expect(table).toMatchObject({ rows: 200_000, classNames: ['grün', 'rot'] });
    expect(table.values.at(-2)).toBe(199_999);
  });

  test('UTF-16 by its mark', async () => {
    const units = new Uint16Array([...'\uFEFFa,b\n1,x\n2,y\n'].map((character) => character.charCodeAt(0)));
    expect(await readCsvFile(new Blob([units]), 'u.csv')).toMatchObject({ columns: ['a', 'b'], rows: 2 });
  });
});

describe('odd tables that are refused, with the place', () => {
  test.each([
    ['nothing', '', 't is empty. A table needs rows of numbers with a label in the last column.'],
    ['blank lines only', '\n\n \n', 't is empty. A table needs rows of numbers with a label in the last column.'],
    ['a header only', 'a,b\n', 't has 0 data rows; at least 2 are needed, to train on one part and test on the other.'],
    ['one column', 'a\n1\n', 'Line 1 has one column. A table needs at least one number and a label, parted by comma, semicolon or tab.'],
    ['a ragged row', 'a,b\n1,x\n1,2,x\n', 'Line 3 has 3 columns; the first row has 2.'],
    ['words', 'a,b,c\n1,2,x\n1,n/a,y\n', 'Line 3, column 2 (b): “n/a” is not a number.'],
    ['a hole', 'a,b,c\n1,2,x\n1,,y\n', 'Line 3, column 2 (b): nothing stands there.'],
    ['hexadecimal and infinity', 'a,b\n1,x\nInfinity,y\n', 'Line 3, column 1 (a): “Infinity” is not a number.'],
    ['no label', 'a,b\n1,x\n2,\n', 'Line 3, column 2: the label is missing.'],
    ['one class', 'a,b\n1,x\n2,x\n', 'Every row has the label “x”; two classes are the least.'],
  ])('%s', (_, text, message) => {
    expect(() => readCsvText(text, 't')).toThrow(message);
  });
});
