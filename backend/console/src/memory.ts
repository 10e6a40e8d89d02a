/** A few choices of the reader, kept in the browser; without storage they last as long as the page. */
const PREFIX = "waypost.";

export function recall(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // storage is full or forbidden: the choice lasts as long as the page
  }
}
