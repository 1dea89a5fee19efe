MODEL (
  name oso.int_orders_by_nation,
  description 'Order value by nation and year, from tables that another team owns',
  kind FULL,
  cron '@weekly',
  owner 'data-commerce',
  grain (nation, order_year),
  tags (
    'model_type=full',
    'model_stage=intermediate',
    'entity_category=order'
  ),
  audits (
    not_null(columns := (nation, order_year, total_price))
  )
);

SELECT
  nation.name::VARCHAR AS nation,
  YEAR(orders.orderdate)::INTEGER AS order_year,
  COUNT(*)::BIGINT AS order_count,
  SUM(orders.totalprice)::DOUBLE AS total_price
FROM tpch.tiny.orders AS orders
INNER JOIN tpch.tiny.customer AS customer
  ON orders.custkey = customer.custkey
INNER JOIN tpch.tiny.nation AS nation
  ON customer.nationkey = nation.nationkey
GROUP BY
  1, 2
