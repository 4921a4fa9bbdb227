module akv.test/akvtest

go 1.24
