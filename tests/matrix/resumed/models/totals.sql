MODEL (name lab.totals, kind FULL, end '2024-01-12');

SELECT kind, COUNT(*) AS n FROM lab.daily WHERE @disturbed('lab.totals') GROUP BY kind;
