import * as Comlink from 'comlink';
import { afterEach, expect, test } from 'vitest';
import { LinnetError } from '#linnet/core';
import { fromWire, installWireErrors, toWire } from './wireErrors';

const ports: MessagePort[] = [];
afterEach(() => {
  for (const port of ports.splice(0)) port.close();
});

test('an error keeps kind, message, path and details', () => {
  const error = new LinnetError('CorruptFileError', 'The checksum is wrong.', {
    path: ['step 40', 'manifest'],
    details: { offset: 118, size: 9n },
  });
  const copy = fromWire(structuredClone(toWire(error)));
  expect(copy).toBeInstanceOf(LinnetError);
  expect(copy.message).toBe('step 40 › manifest: The checksum is wrong.');
  expect([copy.kind, copy.path, copy.details]).toEqual(['CorruptFileError', ['step 40', 'manifest'], { offset: 118, size: 9n }]);
  expect(copy.stack).toBe(error.stack);
});

test('details that no port takes become text', () => {
  const wire = toWire(new LinnetError('InternalError', 'x', { details: { call: () => 1 } }));
  expect(typeof wire.details.call).toBe('string');
});

test('a foreign error is an internal one', () => {
  expect(toWire(new TypeError('no such thing'))).toMatchObject({ kind: 'InternalError', message: 'TypeError: no such thing' });
  expect(toWire('plain')).toMatchObject({ kind: 'InternalError', message: 'plain' });
});

test('Comlink carries it across a port', async () => {
  installWireErrors();
  const { port1, port2 } = new MessageChannel();
  ports.push(port1, port2);
  const nodePort = (port: MessagePort): Comlink.Endpoint => port as unknown as Comlink.Endpoint;
  Comlink.expose(
    { fail: () => Promise.reject(new LinnetError('QuotaError', 'No room for 6 MB.', { details: { bytes: 6e6 } })) },
    nodePort(port1),
  );
  const remote = Comlink.wrap<{ fail(): Promise<void> }>(nodePort(port2));
  await expect(remote.fail()).rejects.toMatchObject({ name: 'QuotaError', kind: 'QuotaError', details: { bytes: 6e6 } });
});
