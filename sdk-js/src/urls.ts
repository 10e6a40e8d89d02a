/** The one URL check, twin of waypost.trust.urls: tests/conformance/urls.json holds both to the same answers. */

const ALLOWED = /^([#?]|\/(?!\/)|mailto:|tel:|https?:\/\/[^/?#@]+([/?#]|$))/i;
const REFUSED = /[\0-\x20\x7f-\xa0\\\u1680\u2000-\u200f\u2028-\u202f\u205f-\u2064\u3000\ufeff]|^.{2049}/;

export const safeUrl = (url: unknown): string | null =>
  typeof url === "string" && ALLOWED.test(url) && !REFUSED.test(url) ? url : null;
