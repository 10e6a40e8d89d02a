/** What CSMs wrote about an account, and a new note. */
import { useState } from "preact/hooks";
import { recall, remember } from "../memory";
import { useSession } from "../session";
import { addNote } from "./api";
import type { AccountDetail } from "./types";

const LONGEST = 4_000;

export function Notes({ account, onAdded }: { account: AccountDetail; onAdded: () => void }) {
  const { t, f, now, say } = useSession();
  const w = t.account;
  const [body, setBody] = useState("");
  const [by, setBy] = useState(() => recall("name") ?? "");
  const [busy, setBusy] = useState(false);
  const add = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      await addNote(account.id, body.trim(), by.trim());
      remember("name", by.trim());
      setBody("");
      say({ text: w.added });
      onAdded();
    } catch {
      say({ text: w.failed, bad: true });
    }
    setBusy(false);
  };
  return (
    <>
      <form class="note-form" onSubmit={add}>
        <label>
          <span class="muted">{w.note}</span>
          <textarea
            rows={3}
            maxLength={LONGEST}
            required
            placeholder={w.noteHint}
            value={body}
            onInput={(event) => setBody(event.currentTarget.value)}
          />
        </label>
        <label>
          <span class="muted">{w.by}</span>
          <input maxLength={100} value={by} onInput={(event) => setBy(event.currentTarget.value)} />
        </label>
        <button type="submit" class="button primary" disabled={busy || !body.trim()}>
          {w.add}
        </button>
      </form>
      {account.notes.length === 0 && <p class="muted">{w.noNotes}</p>}
      <ul class="notes">
        {account.notes.map((note) => (
          <li key={note.id}>
            <p>{note.body}</p>
            <p class="muted">{[note.author, f.moment(note.at, now())].filter(Boolean).join(" · ")}</p>
          </li>
        ))}
      </ul>
    </>
  );
}
