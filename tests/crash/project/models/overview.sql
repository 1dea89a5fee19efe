MODEL (
  name @{crash_schema}.overview,
  description 'A view: nothing but its definition is written',
  kind VIEW
);

SELECT
  source::VARCHAR AS source,
  number_of_rows::BIGINT AS number_of_rows,
  mark::BIGINT AS mark
FROM @{crash_schema}.totals
