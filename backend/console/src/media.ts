import { useEffect, useState } from "preact/hooks";

/** Below this width a panel covers the page instead of standing beside it. */
export const COVERING = "(max-width: 1099px)";

export function useMedia(media: string): boolean {
  const [matches, set] = useState(() => matchMedia(media).matches);
  useEffect(() => {
    const list = matchMedia(media);
    const update = () => set(list.matches);
    update();
    list.addEventListener("change", update);
    return () => list.removeEventListener("change", update);
  }, [media]);
  return matches;
}
