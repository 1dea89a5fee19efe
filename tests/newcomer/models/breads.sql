MODEL (
  name bakery.breads,
  kind SEED (
    path '../seeds/breads.csv'
  ),
  columns (
    bread VARCHAR,
    price DOUBLE
  ),
  grain bread,
  audits (
    not_null(columns := (price))
  )
)
