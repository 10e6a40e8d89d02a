/** A quiet card in the corner of the window. */
import type { Make } from "../types";

export const CSS =
  ".tip{inset:auto 16px 16px auto;width:340px}.tip:dir(rtl){inset:auto auto 16px 16px}@media(max-width:480px){.tip{inset:auto 8px 8px!important;width:auto;max-width:none}}";

export default (make: Make): void => {
  make(CSS);
};
