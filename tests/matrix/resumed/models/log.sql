MODEL (
  name lab.log,
  kind INCREMENTAL_UNMANAGED (disable_restatement false),
  end '2024-01-12'
);

SELECT id, day FROM lab.daily WHERE day BETWEEN @start_ds AND @end_ds AND @disturbed('lab.log');
