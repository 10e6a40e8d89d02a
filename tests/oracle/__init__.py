"""Facts by brute force, from the definitions alone; shares no code with the engine.

A history is a list of happenings (plain dicts) in any order; an oracle looks at all of it at an instant `now`.
Arguments are those of the rules, as JSON. Nothing here imports waypost.

available today   windows (did, count, days, weeks) · absence (never, inactive) · sessions (returned, session.*)
                  chains (chain, progress, abandoned, attempts) · tips (tip) · logic (TipLogic/1)
                  operators (one door to all of these: an expression's value over a world)
ready for later   strict · unordered (order any) · stalls (abandoned within) · nth · changed · usage (dropped, rose)
                  share · dates (days_to)
"""
