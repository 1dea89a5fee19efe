MODEL (
  name bakery.sales,
  kind INCREMENTAL_BY_TIME_RANGE (
    time_column sold_at,
    batch_size 31
  ),
  grain sale_id,
  references bread,
  audits (
    accepted_values(column := shop, is_in := ('harbour', 'market', 'station')),
    not_null(columns := (shop, quantity))
  )
);

SELECT
  sale_id::INTEGER AS sale_id,
  sold_at::TIMESTAMP AS sold_at,
  shop::VARCHAR AS shop,
  bread::VARCHAR AS bread,
  quantity::INTEGER AS quantity
FROM bakery.raw_sales
WHERE sold_at BETWEEN @start_dt AND @end_dt
