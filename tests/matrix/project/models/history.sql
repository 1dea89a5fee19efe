MODEL (
  name lab.history,
  kind SCD_TYPE_2_BY_COLUMN (unique_key kind, columns [n])
);

SELECT kind, n FROM lab.totals;
