/** The one URL check, twin of waypost.trust.urls: tests/conformance/urls.json holds both to the same answers. */

const ALLOWED = /^(https?:\/\/[^/?#]|mailto:.|tel:.|\/(?!\/)|[#?])/i;
const TRICKS = /[\0-\x20\x7f-\xa0\\\xad\u1680\u180e\u2000-\u206f\u3000\ufeff\ufff0-\uffff]/;

export const safeUrl = (url: unknown): string | null =>
  typeof url === "string" && ALLOWED.test(url) && !TRICKS.test(url) ? url : null;
