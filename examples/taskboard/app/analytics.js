/**
 * The only file that knows an analytics tag. Calls made before the tag has loaded wait for it;
 * when it cannot load, they are dropped and the app goes on.
 */
const { host, key } = window.RIDGELINE ?? {};
const WAITING_LIMIT = 100;
let waiting = host ? [] : null;

if (host) {
  const tag = document.createElement("script");
  tag.async = true;
  tag.src = `${host}/sdk/waypost.js`;
  tag.dataset.key = key;
  tag.onload = () => {
    const calls = waiting ?? [];
    waiting = null;
    for (const [method, args] of calls) window.waypost?.[method]?.(...args);
  };
  tag.onerror = () => (waiting = null);
  document.head.append(tag);
}

function send(method, ...args) {
  if (!waiting) window.waypost?.[method]?.(...args);
  else if (waiting.length < WAITING_LIMIT) waiting.push([method, args]);
}

export const track = (event, properties = {}) => send("track", event, properties);

export function signedInAs(person, account) {
  send("identify", person.id, { name: person.name, email: person.email, role: person.role });
  send("group", account.id, {
    name: account.name,
    plan: account.plan,
    seats: account.seats,
    csm: account.csm,
    entitlements: account.entitlements,
  });
}

/** A tip that leads to a page of ours leads there without loading the app again. */
export const followTips = (go) =>
  document.addEventListener("waypost:open", (event) => {
    if (!event.detail.url.startsWith("/")) return;
    event.preventDefault();
    go(event.detail.url);
  });

export const signedOut = () => send("reset");
