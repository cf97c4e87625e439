import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { POLICY_META } from './scripts/contentSecurityPolicy.mjs';

/** Writes the content security policy into the built page, so that it holds on any static host. The dev server needs inline scripts and gets none. */
function contentSecurityPolicy(): Plugin {
  return {
    name: 'linnet-content-security-policy',
    apply: 'build',
    transformIndexHtml: () => [
      { tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: POLICY_META }, injectTo: 'head-prepend' },
    ],
  };
}

export default defineConfig({
  base: './',
  plugins: [react(), contentSecurityPolicy()],
  worker: { format: 'es' },
  build: { outDir: 'dist/site', emptyOutDir: true, target: 'es2023', modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
  server: { host: '127.0.0.1' },
});
