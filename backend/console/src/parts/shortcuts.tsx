import { PALETTE_KEY } from "../keys";
import { useSession } from "../session";
import { Dialog } from "./dialog";
import { Icon } from "./icon";

export function Shortcuts({ onClose }: { onClose: () => void }) {
  const { t } = useSession();
  const w = t.shortcuts;
  const groups: [string, [string[], string][]][] = [
    [
      w.everywhere,
      [
        [[PALETTE_KEY], w.palette],
        [["/"], w.search],
        [["j", "k"], w.move],
        [["enter"], w.open],
        [["x"], w.export],
        [["g t", "g c", "g l", "g a", "g i", "g r", "g w", "g s"], w.go],
        [["esc"], w.close],
        [["z"], w.undo],
        [["?"], w.help],
      ],
    ],
    [
      t.tips.title,
      [
        [["e"], w.edit],
        [["w"], w.days],
        [["y"], w.trial],
        [["1 – 6"], w.part],
        [["t"], w.table],
      ],
    ],
    [
      t.tasks.title,
      [
        [["t"], t.desk.keys.take],
        [["e", "d"], w.done],
        [["s"], w.snooze],
        [["o"], t.desk.keys.plan],
        [["n"], t.desk.keys.note],
        [["p"], w.pause],
        [["r"], w.reopen],
      ],
    ],
  ];
  return (
    <Dialog class="sheet" label={w.title} onClose={onClose}>
      <header>
        <h2>{w.title}</h2>
        <button type="button" class="quiet" aria-label={t.common.close} onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div class="groups">
        {groups.map(([title, keys]) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl>
              {keys.map(([caps, what]) => (
                <div key={what}>
                  <dt>
                    {caps.map((cap) => (
                      <kbd key={cap}>{cap}</kbd>
                    ))}
                  </dt>
                  <dd>{what}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
