/** A strip along the top of the window. It lies over the page and moves nothing. */
import type { Make } from "../types";

const CSS =
  ".tip{inset:0 0 auto;width:auto;max-width:none;border-width:0 0 1px;border-radius:0;padding:10px 56px 10px 16px;display:flex;flex-wrap:wrap;align-items:center;gap:4px 16px}.tip[dir=rtl]{padding:10px 16px 10px 56px}#b{flex:1 1 240px}h2,p{margin:0}.row{margin:0}.more{margin:-4px 0}.close{top:5px}@media(max-width:480px){#b{flex-basis:100%}.row{width:100%}.more{margin-inline-start:auto}}";

export default (make: Make): void => {
  make(CSS);
};
