# Runs R's surveillance on series of ours and writes what it says: the tables that detectors are compared with.
#
#     Rscript scripts/oracles/surveillance.R FOLDER
#
# FOLDER holds series.csv (one column a series, one row a week, NA = not reported) and population.csv (one
# column, for all series); farrington.csv, ears.csv and cusum.csv are written into it. Rows count from 0.
suppressPackageStartupMessages(library(surveillance))

folder <- commandArgs(TRUE)[1]
series <- as.matrix(read.csv(file.path(folder, "series.csv")))
people <- as.matrix(read.csv(file.path(folder, "population.csv")))
n <- nrow(series)
monday <- as.Date("2003-01-06") + 7 * (seq_len(n) - 1)
rows <- seq(n - 49, n - 1, by = 8)

noufaily <- list(
  b = 5, w = 3, noPeriods = 10, pastWeeksNotIncluded = 26, thresholdMethod = "nbPlugin",
  weightsThreshold = 2.58, pThresholdTrend = 1, limit54 = c(5, 4)
)
configs <- list(
  default = list(),
  default_all = list(limit54 = c(0, 4)),
  noufaily = c(noufaily, alpha = 0.01),
  noufaily_05 = c(noufaily, alpha = 0.05),
  noufaily_default_trend = modifyList(noufaily, list(pThresholdTrend = 0.05, alpha = 0.005)),
  muan = list(thresholdMethod = "muan", noPeriods = 4, b = 4, limit54 = c(0, 4)),
  plain = list(powertrans = "1/2", reweight = FALSE, b = 3, w = 2, alpha = 0.001, noPeriods = 3, pastWeeksNotIncluded = 0),
  strict = list(powertrans = "none", trend = FALSE, weightsThreshold = 1, noPeriods = 10, limit54 = c(0, 4)),
  two_years = list(b = 2, limit54 = c(3, 6)),
  population = list(populationOffset = TRUE, limit54 = c(0, 4)),
  population_noufaily = c(noufaily, populationOffset = TRUE, alpha = 0.01),
  dates = list(limit54 = c(0, 4)),
  dates_noufaily = c(noufaily, alpha = 0.01)
)

number <- function(x) {
  x <- as.numeric(x)
  if (length(x) == 0 || is.na(x)) "" else formatC(x, digits = 13, format = "g", width = 1)
}

as_sts <- function(name, config) {
  counts <- matrix(series[, name], ncol = 1)
  if (startsWith(config, "dates")) {
    return(sts(observed = counts, frequency = 52, start = c(2003, 2), epoch = as.numeric(monday), epochAsDate = TRUE))
  }
  if (startsWith(config, "population")) {
    return(sts(observed = counts, frequency = 52, population = people))
  }
  sts(observed = counts, frequency = 52)
}

lines <- "config,series,row,mu0,phi,upper,p_value,alarm,trend"
for (config in names(configs)) for (name in colnames(series)) for (row in rows) {
  said <- tryCatch(
    suppressWarnings(farringtonFlexible(as_sts(name, config), c(list(range = row + 1), configs[[config]]))),
    error = function(e) NULL
  )
  numbers <- if (is.null(said)) rep("", 6) else {
    k <- said@control
    c(number(k$expected), number(k$phiVector), number(said@upperbound[1]), number(k$pvalue),
      number(said@alarm[1]), number(k$trend))
  }
  lines <- c(lines, paste(c(config, name, row, numbers), collapse = ","))
}
writeLines(lines, file.path(folder, "farrington.csv"))

last <- (n - 60):(n - 1)
lines <- "method,baseline,min_sd,alpha,series,row,upper,alarm"
cases <- list(
  list("C1", 7, 0, 0.001), list("C2", 7, 0, 0.001), list("C3", 7, 0, 0.025),
  list("C1", 5, 0.5, 0.01), list("C2", 9, 1, 0.01), list("C3", 6, 0.5, 0.05)
)
for (case in cases) for (name in colnames(series)) {
  said <- earsC(
    sts(observed = matrix(series[, name], ncol = 1), frequency = 52),
    list(range = last + 1, method = case[[1]], baseline = case[[2]], minSigma = case[[3]], alpha = case[[4]])
  )
  for (i in seq(1, length(last), by = 6)) {
    lines <- c(lines, paste(c(unlist(case), name, last[i], number(said@upperbound[i]), number(said@alarm[i])), collapse = ","))
  }
}
writeLines(lines, file.path(folder, "ears.csv"))

# in-control means are the mean of each series' reported weeks, with a season on top
lines <- "alpha,theta,series,row,mu0,statistic,alarm"
week <- seq_len(n)
for (name in colnames(series)[1:12]) for (alpha in c(0, 0.1, 0.7)) for (theta in c(NA, 0.5)) {
  watched <- (n - 99):n
  mu0 <- mean(series[, name]) * exp(0.3 * sin(2 * pi * watched / 52))
  control <- list(range = watched, c.ARL = 4, mu0 = mu0, alpha = alpha, ret = "value", dir = "inc")
  if (!is.na(theta)) control$theta <- theta
  data <- suppressWarnings(create.disProg(week = week, observed = series[, name], state = rep(0, n)))
  said <- algo.glrnb(data, control)
  for (i in seq(1, 100, by = 7)) {
    lines <- c(lines, paste(c(alpha, if (is.na(theta)) "" else theta, name, watched[i] - 1, number(mu0[i]),
      number(said$upperbound[i]), number(said$alarm[i])), collapse = ","))
  }
}
writeLines(lines, file.path(folder, "cusum.csv"))
