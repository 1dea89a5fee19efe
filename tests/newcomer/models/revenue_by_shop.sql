MODEL (
  name bakery.revenue_by_shop,
  kind FULL,
  tags ('entity_category=shop'),
  grain shop,
  audits (
    forall(criteria := (revenue > 0))
  )
);

SELECT
  sales.shop AS shop,
  COUNT(*) AS sales,
  SUM(sales.quantity * breads.price) AS revenue
FROM bakery.sales AS sales
JOIN bakery.breads AS breads
  ON breads.bread = sales.bread
GROUP BY sales.shop
