"""Slow twin of kernels.spatial_outbreak: cases as dictionaries, lists of people, one plain rule after another."""

import math

from tests.reference.naive_luck import naive_uniform

NEVER = 1 << 30
MANY = 4096
INCUBATION, FORCE, SYMPTOMS, OBEY, SEEK, SCREEN, TRACE, BACK, HABIT, FAVOURITE, MET = range(11)
COUNT, TARGET, KEEP = 16, 20, 24


class NaiveOutbreak:
    """One run; ``cases`` is a list of dictionaries in the order of infection."""

    def __init__(self, town, disease, response, levels, seed):
        self.town, self.disease, self.response, self.seed = town, disease, response, seed
        self.levels = [int(x) for x in levels]
        self.residents = [[p for p in range(len(town.unit)) if town.unit[p] == u] for u in range(len(levels))]
        self.household = {}
        for person, house in enumerate(town.house.tolist()):
            self.household.setdefault(house, []).append(person)
        self.members = [
            town.group_member[town.group_first[g] : town.group_first[g + 1]].tolist()
            for g in range(len(town.group_unit))
        ]
        self.cases = []

    def u(self, person, purpose, extra=0):
        return naive_uniform(self.seed, int(person), purpose, int(extra))

    def quantile(self, table, person, purpose):
        return table[math.floor(self.u(person, purpose) * len(table))]

    def import_case(self, person, day):
        self.cases.append(
            {"person": person, "infected": day, "source": None, "setting": None, "place": int(self.town.unit[person]),
             "level": 0, "sampled": NEVER, "removed": NEVER, "traced": NEVER, "checked": False}
        )  # fmt: skip

    @staticmethod
    def pick(first, unit, total, row, u):
        for link in range(first[row], first[row + 1]):
            if total[link] > u:
                return int(unit[link])
        return None

    def errand(self, person, day):
        habit = math.floor(self.u(person, HABIT, day) * 4)
        t = self.town
        return self.pick(
            t.errand_first, t.errand_unit, t.errand_sum, t.unit[person], self.u(person, FAVOURITE, habit)
        )

    def obeys(self, person):
        return self.u(person, OBEY) < self.response.obey[self.levels[self.town.unit[person]]]

    def quarantine(self, case, day):
        if case["traced"] == NEVER:
            case["traced"] = day
        case["removed"] = min(case["removed"], day)
        if case["sampled"] == NEVER:
            case["sampled"] = max(day, case["infected"] + 2)

    def follow_contacts(self, day):
        wait = self.response.report_d + self.response.trace_d
        for case in self.cases:
            if case["source"] is None:
                continue
            infector = self.cases[case["source"]]
            recall = self.response.recall[case["setting"]]
            if not case["checked"] and infector["sampled"] + wait <= day:
                case["checked"] = True
                if self.u(case["person"], TRACE) < recall:
                    self.quarantine(case, day)
            if case["sampled"] + wait == day and infector["sampled"] == NEVER:
                if self.u(case["person"], BACK) < recall * self.response.back:
                    self.quarantine(infector, day)

    def sample(self, day):
        for case in self.cases:
            if case["sampled"] != NEVER:
                continue
            person, age = case["person"], day - case["infected"]
            ill = self.u(person, SYMPTOMS) >= self.disease.asymptomatic
            ill = ill and age >= self.quantile(self.disease.incubation, person, INCUBATION)
            level = self.levels[self.town.unit[person]]
            seeks = ill and self.u(person, SEEK, day) < self.response.seek
            screened = age >= 2 and self.u(person, SCREEN, day) < self.response.screen[level]
            if seeks or screened:
                case["sampled"] = day
                case["removed"] = min(case["removed"], day + self.response.lab_d)

    def poisson(self, mean, u):
        k, p = 0, math.exp(-mean)
        total = p
        while u >= total and k < MANY and not (p < 1e-17 and k > mean):
            k += 1
            p *= mean / k
            total += p
        return k

    def meet(self, person, day, setting, k, venue):
        """The other person and the share of such meetings left, or None."""
        r, home = self.response, self.town.unit[person]
        u = self.u(person, TARGET + setting, day * MANY + k)
        if setting == 0:
            others = [p for p in self.household[int(self.town.house[person])] if p != person]
            return others[math.floor(u * len(others))], 1.0
        if setting == 1:
            crowd = self.residents[home]
        elif setting == 2:
            crowd = self.members[self.town.group[person]]
        else:
            t = self.town
            lives = self.pick(t.met_first, t.met_unit, t.met_sum, venue, self.u(person, MET, day * MANY + k))
            crowd = [] if lives is None else self.residents[lives]
        if not crowd:
            return None
        other = crowd[math.floor(u * len(crowd))]
        if other == person:
            return None
        share = r.precaution
        for one in (person, other):
            unit = self.town.unit[one]
            if self.obeys(one):
                share *= (r.keep_inside if unit == venue else r.keep_out)[self.levels[unit]]
        if setting != 1 and not (home == venue == self.town.unit[other]):
            share *= r.keep_in[self.levels[venue]]
        return other, share

    def infect(self, day):
        t = self.town
        for index, case in enumerate(list(self.cases)):
            person, age = case["person"], day - case["infected"]
            if case["removed"] <= day or age >= self.disease.by_age.shape[1]:
                continue
            days = self.quantile(self.disease.incubation, person, INCUBATION)
            ill = self.u(person, SYMPTOMS) >= self.disease.asymptomatic
            force = (
                self.disease.by_age[days, age]
                * self.quantile(self.disease.force, person, FORCE)
                * self.disease.weight[0 if ill else 1]
            )
            for setting in range(4):
                mean, venue = force * self.disease.attempts[setting], int(t.unit[person])
                if setting == 0:
                    mean *= len(self.household[int(t.house[person])]) - 1
                if setting == 2:
                    if t.group[person] < 0:
                        continue
                    venue = int(t.group_unit[t.group[person]])
                if setting == 3:
                    if t.group[person] < 0:
                        mean += force * self.disease.attempts[2]
                    venue = self.errand(person, day)
                    if venue is None:
                        continue
                if mean <= 0:
                    continue
                for k in range(self.poisson(mean, self.u(person, COUNT + setting, day))):
                    met = self.meet(person, day, setting, k, venue)
                    if met is None or any(c["person"] == met[0] for c in self.cases):
                        continue
                    if met[1] < 1 and self.u(person, KEEP + setting, day * MANY + k) >= met[1]:
                        continue
                    self.import_case(met[0], day)
                    self.cases[-1].update(
                        source=index, setting=setting, place=venue, level=self.levels[t.unit[met[0]]]
                    )

    def run(self, first_day, last_day, stop_reports=0):
        for day in range(first_day, last_day):
            reported = sum(c["sampled"] + self.response.report_d <= day for c in self.cases)
            if stop_reports and reported >= stop_reports:
                return day
            self.follow_contacts(day)
            self.sample(day)
            self.infect(day)
        return last_day
