MODEL (
  name lab.totals,
  kind FULL,
  tags ['entity_category=collection'],
  audits (never_broken)
);

SELECT
  kind,
  COUNT(*) AS n,
  CASE WHEN @VAR('broken_model') = 1 THEN error('this model is broken') END AS note,
  (SELECT COUNT(*) FROM RANGE(CAST(@VAR('slow_rows') AS BIGINT))) AS slow
FROM lab.daily
GROUP BY kind;
