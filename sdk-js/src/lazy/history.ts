/** For browsers without the navigation API: hear of pushState and replaceState. A frozen history is left alone. */
export default (changed: () => void): void => {
  for (const name of ["pushState", "replaceState"] as const) {
    const original = history[name];
    try {
      Object.defineProperty(history, name, {
        configurable: true,
        writable: true,
        value(this: History, ...args: Parameters<History["pushState"]>) {
          original.apply(this, args);
          changed();
        },
      });
    } catch {}
  }
};
