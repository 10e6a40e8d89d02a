/** The page we are a guest of: its globals, our options, and the one guard around every entry. */

export const win = window;
export const doc = document;

const script = doc.currentScript as HTMLScriptElement | null;
export const options: DOMStringMap = script ? script.dataset : {};

/** Where the lazy parts lie, and the address of the server, both from our own address. */
export const base = script ? new URL(".", script.src).href : "/sdk/";
export const server = base.replace(/\/sdk\/$/, "");
export const key = options.key || "";

export const now = (): number => performance.now();

let warned = 0;
/** One warning a page, never more. */
export const warn = (text: unknown): void => {
  warned++ || console.warn("waypost:", text);
};

/** Nothing that goes wrong in here reaches the host. */
export const guard =
  <A extends unknown[], R>(job: (...args: A) => R) =>
  (...args: A): R | undefined => {
    try {
      return job(...args);
    } catch (error) {
      warn(error);
    }
  };

/** addEventListener under the guard. Returns the way back. */
export const listen = (
  target: EventTarget,
  names: string,
  job: (event: Event) => void,
  opts: AddEventListenerOptions = { passive: true },
): (() => void) => {
  const safe = guard(job);
  for (const name of names.split(" ")) target.addEventListener(name, safe, opts);
  return () => {
    for (const name of names.split(" ")) target.removeEventListener(name, safe, opts);
  };
};

export const later = (job: () => void, ms: number): number => win.setTimeout(guard(job), ms);

/** Tell the host; false when it took the matter over with preventDefault(). */
export const emit = (name: string, detail?: unknown): boolean =>
  doc.dispatchEvent(new CustomEvent(`waypost:${name}`, { detail, cancelable: true }));

/** A version 7 UUID: sorts by time. */
export const uuid = (): string => {
  const random = Array.from(crypto.getRandomValues(new Uint8Array(10)), (byte) =>
    (byte + 256).toString(16).slice(1),
  );
  const hex = Date.now().toString(16).padStart(12, "0") + random.join("");
  return hex.replace(/(.{8})(.{4}).(.{3}).(.{3})(.*)/, "$1-$2-7$3-8$4-$5");
};

export const loadId = uuid();
