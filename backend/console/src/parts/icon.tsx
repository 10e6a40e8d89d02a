/** 16 px line icons, drawn here so that nothing is fetched. Decoration: the word stands beside it. */
const PATHS = {
  today: "M2.5 4h11v9.5h-11zM2.5 7h11M5.5 2.5V5M10.5 2.5V5M5.5 10l1.7 1.5 3-3",
  accounts: "M3 13.5v-11h6v11M9 6.5h4v7M1.5 13.5h13M5 5h2M5 7.5h2M5 10h2M11 9h.5M11 11h.5",
  zones: "M2.5 2.5h4.5v4.5h-4.5zM9 2.5h4.5v4.5h-4.5zM2.5 9h4.5v4.5h-4.5zM9 9h4.5v4.5h-4.5z",
  tips: "M7.5 14.5v-13M7.5 3h5l2 2-2 2h-5M7.5 8H4L2 9.7l2 1.8h3.5",
  tasks: "M2.5 3.5h2v2h-2zM7.5 4.5h6M2.5 10.5h2v2h-2zM7.5 11.5h6",
  reports: "M2.5 2.5v11h11M5 10.5l2.7-3.2 2.3 1.8 3.5-4.6",
  tooltip: "M2.5 3.5h11v7H9l-2.2 2.5V10.5H2.5z",
  corner: "M2 3h12v10H2zM8.5 8.5h3.5v2.5H8.5z",
  banner: "M2 3h12v10H2zM2 6.2h12",
  modal: "M2 3h12v10H2zM5 5.8h6v4.4H5z",
  inline: "M2 3.5h12M2 6.5h12v4H2zM2 13h8",
  hotspot: "M8 6.3a1.7 1.7 0 1 1 0 3.4 1.7 1.7 0 0 1 0-3.4zM8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11z",
  alert: "M4 7a4 4 0 0 1 8 0c0 3.5 1.5 4.5 1.5 4.5h-11S4 10.5 4 7zM6.7 13.7a1.5 1.5 0 0 0 2.6 0",
  close: "M3.5 3.5l9 9M12.5 3.5l-9 9",
  search: "M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9zM10.3 10.3l3.2 3.2",
  download: "M8 2.5v7.5M5 7.3l3 3 3-3M2.5 13.5h11",
  sun: "M8 5.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5zM8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9",
  moon: "M13 9.5A5.5 5.5 0 0 1 6.5 3a5.5 5.5 0 1 0 6.5 6.5z",
  system: "M2 3h12v8H2zM6 13.5h4",
  globe:
    "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM2 8h12M8 2c2 1.8 2.5 4 2.5 6S10 12.2 8 14c-2-1.8-2.5-4-2.5-6S6 3.8 8 2z",
  keys: "M1.5 4h13v8h-13zM4 6.5h.5M6.5 6.5H7M9 6.5h.5M11.5 6.5h.5M5 9.5h6",
  out: "M6.5 2.5h-4v11h4M6 8h8M11 5l3 3-3 3",
  copy: "M5.5 5.5h8v8h-8zM3 10.5h-.5v-8h8V3",
  check: "M3 8.5l3.3 3.3L13 4.8",
  clock: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM8 4.8V8l2.3 1.5",
  warning: "M8 2.5l6 11H2zM8 6.5v3.5M8 11.7v.3",
  table: "M2 3h12v10H2zM2 6.3h12M2 9.6h12M6.5 3v10",
  chart: "M2.5 13.5v-4h2.5v4M6.7 13.5v-10h2.5v10M11 13.5v-6.5h2.5v6.5",
  sent: "M2 8l12-5.5L10 14 7.5 9z",
  undo: "M5.5 3L2.5 6l3 3M2.5 6H10a3.5 3.5 0 0 1 0 7H6",
  back: "M10 3L5 8l5 5",
  right: "M6 3l5 5-5 5",
  pause: "M5.5 3v10M10.5 3v10",
  why: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM6.1 6.4a1.9 1.9 0 1 1 2.8 1.6c-.7.4-.9.7-.9 1.4M8 11.3v.3",
  off: "M3.5 8h9",
  settings: "M2 4.5h7M12.5 4.5H14M9 3v3h3.5V3zM2 11.5h1.5M7 11.5h7M3.5 10v3H7v-3z",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The icon of a surface; an alert has none and shows its bell. */
export function surfaceIcon(surface: string, kind: string): IconName {
  if (kind === "alert") return "alert";
  return surface in PATHS ? (surface as IconName) : "tips";
}

export function Mark() {
  return (
    <svg class="mark" width="22" height="22" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d="M11 2h2v2h5.2L22 7.5 18.2 11H13v11h-2V11H4V4h7z" />
    </svg>
  );
}
