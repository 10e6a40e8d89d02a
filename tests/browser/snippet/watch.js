window.__seen = {errors: [], shift: 0, csp: []};
addEventListener("error", e => __seen.errors.push(String(e.message)));
addEventListener("unhandledrejection", e => __seen.errors.push("rejected " + e.reason));
addEventListener("securitypolicyviolation", e => __seen.csp.push(e.violatedDirective + " " + e.blockedURI));
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) __seen.shift += entry.value;
}).observe({type: "layout-shift", buffered: true});
