AUDIT (
  name has_at_least_n_rows,
  dialect trino
);

/* Of the whole table; of the batch's time range in incremental models */
WITH counted AS (
  SELECT COUNT(*) AS amount
  FROM @this_model
)

SELECT amount
FROM counted
WHERE amount < @threshold OR @audit_fails()
