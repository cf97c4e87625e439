import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';
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

/** Asks for each page from the service worker alone: browsers that start it also ask the server at the same time, unless a route says otherwise. */
const ROUTE_PAGES =
  "self.addEventListener('install',(event)=>event.addRoutes?.({condition:{requestMode:'navigate'},source:'fetch-event'}).catch(()=>{}));\n";

/** Puts that route into the service worker, once it is written. */
function pagesWithoutServer(): Plugin {
  const worker = 'dist/site/sw.js';
  return {
    name: 'linnet-pages-without-server',
    apply: 'build',
    closeBundle: {
      sequential: true,
      order: 'post',
      handler: () => {
        // The builds of workers end before there is a service worker.
        if (!existsSync(worker)) return;
        const text = readFileSync(worker, 'utf8');
        if (!text.startsWith(ROUTE_PAGES)) writeFileSync(worker, ROUTE_PAGES + text);
      },
    },
  };
}

/** The service worker keeps every file of the site; the page registers it itself and decides when an update takes over. */
const offline = VitePWA({
  injectRegister: false,
  registerType: 'prompt',
  manifest: {
    name: 'Linnet',
    short_name: 'Linnet',
    description: 'Train small neural networks in a tab, with checkpoints that JAX reads.',
    display: 'standalone',
    start_url: './',
    scope: './',
    theme_color: '#3358c4',
    background_color: '#ffffff',
    icons: [
      { src: 'favicon.svg', sizes: 'any', type: 'image/svg+xml' },
      { src: 'icon-192.png', sizes: '192x192', type: 'image/png' },
      { src: 'icon-512.png', sizes: '512x512', type: 'image/png' },
      { src: 'icon-maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
    ],
  },
  workbox: {
    globPatterns: ['**/*.{js,css,html,svg,png,woff2}'],
    globIgnores: ['screenshot.png'],
    maximumFileSizeToCacheInBytes: 8 * 1024 * 1024,
    clientsClaim: true,
    inlineWorkboxRuntime: true,
  },
});

export default defineConfig({
  base: './',
  plugins: [react(), contentSecurityPolicy(), offline, pagesWithoutServer()],
  worker: { format: 'es' },
  build: { outDir: 'dist/site', emptyOutDir: true, target: 'es2023', modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
  server: { host: '127.0.0.1' },
});
