MODEL (name lab.report, kind VIEW, end '2024-01-12');

SELECT kind, n FROM lab.totals WHERE @disturbed('lab.report');
