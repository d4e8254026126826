//! Named calendars: dates that schedules refer to by name.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use parking_lot::Mutex;

use crate::{
    error::{Error, Result},
    schedule::{check_calendar_name, Cadence, Dates, Filters, NamedDates, Schedule},
    text::edits,
    trigger::{day_of, DateItem, DateSet},
};

/// The calendars of a scheduler, by name.
#[derive(Debug, Default)]
pub(crate) struct Calendars(Mutex<BTreeMap<Arc<str>, Arc<[DateItem]>>>);

/// The dates on which a schedule may have slots.
#[derive(Clone, Default, PartialEq)]
pub(super) struct Allowed {
    /// `None` if those are all.
    pub(super) dates: Option<Arc<DateSet>>,
    /// Of each schedule of those whose common slots count, and of its alternatives.
    pub(super) members: Vec<Vec<Allowed>>,
}

impl Calendars {
    /// Registers a calendar, or replaces the one of that name.
    pub(crate) fn set(&self, name: &str, dates: Dates) -> Result<()> {
        check_calendar_name(name)?;
        let items = dates.items().iter().map(|named| match named {
            NamedDates::Rule(item) => Ok(item.clone()),
            NamedDates::Calendar(other) => {
                let why = format!("it contains the calendar {other:?} (expected dates)");
                Err(Error::invalid(format!("invalid calendar {name:?}: {why}")))
            }
        });
        let items = listed(items.collect::<Result<_>>()?);
        self.0.lock().insert(name.into(), items.into());
        Ok(())
    }

    /// Whether there are all calendars that a schedule refers to, without its alternatives.
    pub(crate) fn know_all_of(&self, schedule: &Schedule) -> bool {
        self.allowed(schedule).is_ok()
    }

    /// The dates on which a schedule and its parts may have slots, without its alternatives.
    pub(super) fn allowed(&self, schedule: &Schedule) -> Result<Allowed> {
        let filters = schedule.options.as_deref().map(|options| &options.filters);
        let dates = filters.map_or(Ok(None), |filters| self.dates(filters))?;
        let parts = match &schedule.cadence {
            Cadence::All(parts) => parts.as_slice(),
            _ => &[],
        };
        let of_part = |part: &Schedule| {
            let others = part.options.as_deref().map_or(&[][..], |options| &options.or);
            std::iter::once(part).chain(others).map(|one| self.allowed(one)).collect()
        };
        Ok(Allowed { dates, members: parts.iter().map(of_part).collect::<Result<_>>()? })
    }

    fn dates(&self, filters: &Filters) -> Result<Option<Arc<DateSet>>> {
        if filters.is_of_all_dates() {
            return Ok(None);
        }
        let months = filters.months.map_or(DateSet::ALL_MONTHS, |months| months.bits());
        let only = filters.only.iter().map(|dates| self.resolve(dates)).collect::<Result<_>>()?;
        Ok(Some(Arc::new(DateSet { months, years: None, only, except: self.resolve(&filters.except)? })))
    }

    fn resolve(&self, dates: &Dates) -> Result<Vec<DateItem>> {
        let (mut items, mut of_calendars) = (Vec::new(), Vec::new());
        for named in dates.items() {
            match named {
                NamedDates::Rule(item) => items.push(item.clone()),
                NamedDates::Calendar(name) => of_calendars.extend(self.find(name)?.iter().cloned()),
            }
        }
        let mut items = listed(items);
        items.extend(of_calendars);
        Ok(items)
    }

    fn find(&self, name: &str) -> Result<Arc<[DateItem]>> {
        let calendars = self.0.lock();
        calendars.get(name).cloned().ok_or_else(|| {
            let known: Vec<_> = calendars.keys().map(|known| format!("{known:?}")).collect();
            let near = calendars.keys().find(|known| edits(known, name) <= 2);
            let expected = match (near, known.is_empty()) {
                (Some(near), _) => format!("did you mean {near:?}?"),
                (None, true) => "the scheduler has none (register it with `calendar` first)".to_owned(),
                (None, false) => format!("the scheduler has {}", known.join(", ")),
            };
            Error::invalid(format!("unknown calendar {name:?}: {expected}"))
        })
    }
}

/// The same dates, with single dates and ranges in one sorted list.
fn listed(items: Vec<DateItem>) -> Vec<DateItem> {
    /// The most days of a range in a list. A longer one stays a range.
    const MOST: i64 = 366;
    let (mut days, mut others) = (BTreeSet::new(), Vec::new());
    for item in items {
        match item {
            DateItem::Range(from, to) if day_of(to) - day_of(from) < MOST => days.extend(day_of(from)..=day_of(to)),
            item => others.push(item),
        }
    }
    if !days.is_empty() {
        others.push(DateItem::Listed(days.into_iter().collect()));
    }
    others
}
