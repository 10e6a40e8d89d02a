((w, d, u, k, a, s) => {
  a = w.waypost = w.waypost || {};
  if (a.version) return;
  a.q = a.q || [];
  "identify track page group alias reset ready debug start endAll setLocale consent on off"
    .split(" ")
    .forEach((m) => {
      a[m] = function () {
        a.q && a.q.push([m, arguments, performance.now()]);
      };
    });
  s = d.createElement("script");
  s.async = 1;
  s.src = u + "/sdk/waypost.js";
  s.setAttribute("data-key", k);
  d.head.appendChild(s);
})(window, document, "WAYPOST_URL", "WAYPOST_KEY");
