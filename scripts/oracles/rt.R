# Reference tables for the effective reproduction number: runs EpiEstim on this project's own series.
#
#   Rscript scripts/oracles/rt.R tests/reference/tables
#
# Reads rt_series.csv (series, day, local, imported) and rt_cases.csv (what to run) of that folder; writes
# rt_expected.csv (one row a window) and rt_uncertain.csv (mean and deviation of each figure over repeated runs,
# because the serial interval is drawn anew in each). EpiEstim is used as it comes, as an oracle only.
suppressMessages(library(EpiEstim))

folder <- commandArgs(trailingOnly = TRUE)[1]
series <- read.csv(file.path(folder, "rt_series.csv"), colClasses = c("character", "integer", "numeric", "numeric"))
cases <- read.csv(file.path(folder, "rt_cases.csv"), colClasses = "character")
figures <- c("Mean(R)", "Std(R)", "Quantile.0.025(R)", "Quantile.0.05(R)", "Quantile.0.25(R)", "Median(R)",
             "Quantile.0.75(R)", "Quantile.0.95(R)", "Quantile.0.975(R)")
names_out <- c("mean", "sd", "q025", "q05", "q25", "q50", "q75", "q95", "q975")

numbers <- function(text) as.numeric(strsplit(text, " ")[[1]])

config_of <- function(case) {
  said <- list()
  for (name in c("mean_si", "std_si", "std_mean_si", "min_mean_si", "max_mean_si", "std_std_si", "min_std_si",
                 "max_std_si", "n1", "n2", "mean_prior", "std_prior")) {
    if (nzchar(case[[name]])) said[[name]] <- as.numeric(case[[name]])
  }
  if (nzchar(case$si_distr)) said$si_distr <- numbers(case$si_distr)
  if (nzchar(case$t_start)) said$t_start <- numbers(case$t_start)
  if (nzchar(case$t_end)) said$t_end <- numbers(case$t_end)
  said
}

run <- function(case, seed = NULL) {
  rows <- series[series$series == case$series, ]
  incid <- if (sum(rows$imported) > rows$imported[1]) {
    data.frame(local = rows$local, imported = rows$imported)
  } else {
    rows$local + rows$imported
  }
  said <- config_of(case)
  if (!is.null(seed)) said$seed <- seed
  suppressMessages(suppressWarnings(
    estimate_R(incid, method = case$method, config = make_config(said))
  ))$R
}

exact <- list()
spread <- list()
for (k in seq_len(nrow(cases))) {
  case <- as.list(cases[k, ])
  if (case$method == "uncertain_si") {
    runs <- lapply(1:12, function(seed) as.matrix(run(case, seed)[, c("t_start", "t_end", figures)]))
    stacked <- simplify2array(runs)
    middle <- apply(stacked, c(1, 2), mean)
    around <- apply(stacked, c(1, 2), sd)[, figures, drop = FALSE]
    colnames(middle) <- c("t_start", "t_end", names_out)
    colnames(around) <- paste0(names_out, "_sd")
    spread[[length(spread) + 1]] <- data.frame(case = case$case, middle, around)
  } else {
    found <- run(case)[, c("t_start", "t_end", figures)]
    colnames(found) <- c("t_start", "t_end", names_out)
    exact[[length(exact) + 1]] <- data.frame(case = case$case, found)
  }
}
write_table <- function(table, name) {
  for (column in names(table)) if (is.numeric(table[[column]])) table[[column]] <- trimws(formatC(table[[column]], digits = 15, format = "g"))
  table[table == "NA" | table == "NaN"] <- ""
  write.csv(table, file.path(folder, name), row.names = FALSE, quote = FALSE)
}
write_table(do.call(rbind, exact), "rt_expected.csv")
write_table(do.call(rbind, spread), "rt_uncertain.csv")
cat("EpiEstim", as.character(packageVersion("EpiEstim")), "\n")
