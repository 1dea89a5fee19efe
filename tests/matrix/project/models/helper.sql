MODEL (name lab.helper, kind EMBEDDED);

SELECT kind, n FROM lab.totals WHERE n > 0;
