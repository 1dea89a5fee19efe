MODEL (
  name lab.history,
  kind SCD_TYPE_2_BY_COLUMN (unique_key kind, columns [n], batch_size 5, disable_restatement false),
  end '2024-01-12'
);

SELECT kind, COUNT(*) AS n FROM lab.daily WHERE day <= @end_ds AND @disturbed('lab.history') GROUP BY kind;
