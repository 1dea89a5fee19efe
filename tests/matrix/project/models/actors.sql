MODEL (
  name lab.actors,
  kind INCREMENTAL_BY_UNIQUE_KEY (unique_key actor),
  end '2024-01-12'
);

SELECT actor, MAX(day) AS last_day FROM lab.daily WHERE day BETWEEN @start_ds AND @end_ds GROUP BY actor;
