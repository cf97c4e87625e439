import { LinnetError } from '#linnet/core';

interface TrustedTypePolicy {
  createScriptURL(url: string): unknown;
}

interface TrustedTypePolicyFactory {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): TrustedTypePolicy;
}

/** `url` made absolute, if it is one of this site's own; script from anywhere else is refused. */
export function sameOriginUrl(url: string, base: string): string {
  const absolute = new URL(url, base);
  if (absolute.origin !== new URL(base).origin) {
    throw new LinnetError('InvalidArgumentError', `Refused to run a script of ${absolute.origin}: only scripts of this site run here.`);
  }
  return absolute.href;
}

let policy: TrustedTypePolicy | undefined;

/**
 * A script URL that the page's Trusted Types policy `linnet` vouches for, for `new Worker` and the service worker. The policy accepts
 * same-origin URLs only; where the browser has no Trusted Types the same check is made and the URL comes back as a string.
 */
export function trustedScriptUrl(url: string): string {
  const createScriptURL = (text: string) => sameOriginUrl(text, self.location.href);
  const factory = (globalThis as { trustedTypes?: TrustedTypePolicyFactory }).trustedTypes;
  if (factory === undefined) return createScriptURL(url);
  policy ??= factory.createPolicy('linnet', { createScriptURL });
  return policy.createScriptURL(url) as string;
}
