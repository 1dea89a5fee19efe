MODEL (
  name bakery.daily_revenue,
  kind VIEW,
  grain (day, shop)
);

SELECT
  CAST(sales.sold_at AS DATE) AS day,
  sales.shop AS shop,
  SUM(sales.quantity * breads.price) AS revenue
FROM bakery.sales AS sales
JOIN bakery.breads AS breads
  ON breads.bread = sales.bread
GROUP BY 1, 2
