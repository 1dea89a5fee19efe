MODEL (
  name bakery.raw_sales,
  kind SEED (
    path '../seeds/sales.csv'
  ),
  columns (
    sale_id INTEGER,
    sold_at TIMESTAMP,
    shop VARCHAR,
    bread VARCHAR,
    quantity INTEGER
  ),
  grain sale_id
)
