/** Names made to be more than names, 200 of them: each must stay text wherever it is shown. */
const PWN = 'window.pwn=1';

const TAGS = [
  `<script>${PWN}</script>`,
  `<img src=x onerror="${PWN}">`,
  `<svg onload=${PWN}>`,
  `<svg><script>${PWN}</script></svg>`,
  `<iframe srcdoc="<script>parent.${PWN}</script>">`,
  `<body onload=${PWN}>`,
  `<input autofocus onfocus=${PWN}>`,
  `<details open ontoggle=${PWN}>`,
  `<video><source onerror="${PWN}">`,
  `<math><mtext><script>${PWN}</script></mtext></math>`,
  `<style>*{display:none}</style>`,
  `<link rel=stylesheet href="javascript:${PWN}">`,
  `<base href="https://example.com/">`,
  `<meta http-equiv=refresh content="0;url=javascript:${PWN}">`,
  `<object data="javascript:${PWN}">`,
  `<form action="javascript:${PWN}"><button>go</button></form>`,
  `<a href="javascript:${PWN}">click</a>`,
  `<template><script>${PWN}</script></template>`,
  `<noscript><p title="</noscript><img src=x onerror=${PWN}>">`,
  `<marquee onstart=${PWN}>`,
];

/** Ways out of a text, an attribute, a string, a comment, a style. */
const BEFORE = ['', '">', "'>", '</title>', '</textarea>', '-->', '*/', '\\"', "\\'", '`', '${', '{{', '%3E', '&gt;', ']]>'];

const WORDS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '__defineGetter__',
  'valueOf',
  'then',
  'length',
  'undefined',
  'null',
  'NaN',
  'true',
  '-0',
  '1e400',
  '../../etc/passwd',
  '..\\..\\windows',
  '/',
  '.',
  '..',
  'con',
  'aux.txt',
  '=cmd|calc!A0',
  '@SUM(1+1)',
  "'; DROP TABLE runs; --",
  '%s%n%x',
  '\u0024{7*7}',
  '{{7*7}}',
  'javascript:window.pwn=1',
  'data:text/html,<script>window.pwn=1</script>',
];

const odd = (...codes: number[]): string => `a${String.fromCodePoint(...codes)}b`;

const CHARACTERS = [
  ...[0x01, 0x07, 0x08, 0x09, 0x0b, 0x0c, 0x1b, 0x1f, 0x7f, 0x80, 0x85, 0x9b].map((code) => odd(code)),
  ...[0x200b, 0x200d, 0x200e, 0x200f, 0x202a, 0x202b, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069, 0x2028, 0x2029, 0xfeff, 0xfffd].map(
    (code) => odd(code),
  ),
  '\u202egnp.sthgiew',
  '\u2067\u2067\u2067\u2067never closed',
  'Z\u0351\u0343\u0363\u0363\u0363\u0363\u0363\u0363\u0363\u0363\u0363\u0363\u0363\u0363a\u0351\u0351\u0351l\u0489go',
  '\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627',
  '\u{1f469}\u200d\u{1f469}\u200d\u{1f467}\u200d\u{1f466}',
  '\u{e0041}\u{e0042}',
  'ﷺ'.repeat(60),
  ' ',
  '\u00a0',
  '\u3000',
];

const LONG = ['x', '<b>', 'W ', '\u05d0', 'a.b', '\u0301', '🙂', '_', '"', '\\'].map((part) => part.repeat(Math.floor(3000 / part.length)));

const COUNT = 200;

/** Fills up with every way out before every tag. */
function pairs(count: number): string[] {
  const all = BEFORE.slice(1).flatMap((before) => TAGS.map((tag) => before + tag));
  const every = Math.floor(all.length / count);
  return Array.from({ length: count }, (_, i) => all[i * every]!);
}

const fixed = [...TAGS, ...WORDS, ...CHARACTERS, ...LONG];

/** All of them, each once. */
export const HOSTILE_NAMES: readonly string[] = [...fixed, ...pairs(COUNT - fixed.length)];

/** A safetensors file with an array of one element under each name. */
export function safetensorsOf(names: readonly string[]): Buffer {
  const header = new Map(names.map((name, i) => [name, { dtype: 'F32', shape: [1], data_offsets: [4 * i, 4 * i + 4] }]));
  // A Map, because "__proto__" is no member of a plain object.
  const members = [...header].map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`);
  const json = Buffer.from(`{${members.join(',')}}`);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.byteLength));
  const data = Buffer.from(Float32Array.from(names, (_, i) => i + 1).buffer);
  return Buffer.concat([length, json, data]);
}
