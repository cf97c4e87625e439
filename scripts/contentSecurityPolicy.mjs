/** The page may run its own scripts, workers, styles and pictures, and reach nothing else. */
const DIRECTIVES = {
  'default-src': "'none'",
  'script-src': "'self'",
  'worker-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' blob: data:",
  'font-src': "'self'",
  'manifest-src': "'self'",
  'connect-src': "'none'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
  'require-trusted-types-for': "'script'",
  'trusted-types': 'linnet',
};

/** Directives that a <meta> policy may not carry. */
const HEADER_ONLY = new Set(['frame-ancestors']);

const format = (entries) => entries.map(([name, value]) => `${name} ${value}`).join('; ');

export const POLICY_HEADER = format(Object.entries(DIRECTIVES));
export const POLICY_META = format(Object.entries(DIRECTIVES).filter(([name]) => !HEADER_ONLY.has(name)));

/** The service worker fetches the site's own files to keep them; its policy is that of its own script. */
export const POLICY_SERVICE_WORKER = "default-src 'none'; script-src 'self'; connect-src 'self'";
