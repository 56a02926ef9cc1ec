use super::{Worker, context::Stage, pending::Waiting};
use crate::run::measure::{Counting, nanos};

impl Worker<'_> {
    /// Finds the next arrival of this worker's own connections.
    pub(crate) fn advance(&mut self) {
        let (plan, window) = (self.context.plan, self.context.window);
        let Some(schedule) = &mut self.schedule else { return };
        self.next = schedule.find(|arrival| {
            let at_ns = self.start_ns.saturating_add(arrival.at_ns);
            if at_ns >= window.start_ns {
                let first = *self.first_measured.get_or_insert(arrival.index);
                if plan.requests.is_some_and(|requests| arrival.index - first >= requests) {
                    self.context.window.end_ns = self.context.window.end_ns.min(at_ns);
                }
            }
            arrival.connection % plan.workers == self.number
        });
    }

    /// Gives each arrival that is due to its connection.
    pub(crate) fn admit(&mut self) {
        if self.context.stage == Stage::Paused {
            return;
        }
        while let Some(arrival) = self.next {
            let seen_ns = self.context.clock.now_ns();
            let intended_ns = self.start_ns.saturating_add(arrival.at_ns);
            if intended_ns > seen_ns {
                return;
            }
            let counting =
                if self.context.window.holds(intended_ns) { Counting::Measured } else { Counting::Unmeasured };
            if counting == Counting::Measured {
                self.context.due(intended_ns, seen_ns);
            }
            let place = (arrival.connection / self.context.plan.workers) as usize;
            let connection = &mut self.connections[place];
            connection.backlog.push_back(Waiting {
                request: arrival.request,
                intended_ns,
                seen_ns,
                counting,
                is_load: true,
            });
            self.context.waiting += 1;
            connection.pump(&mut self.context);
            self.advance();
            if self.is_swamped() {
                return;
            }
        }
    }

    /// Whether the bounds on waiting are hit; that ends the run.
    pub(crate) fn is_swamped(&mut self) -> bool {
        let plan = self.context.plan;
        let most = (plan.backlog / plan.workers as usize).max(1);
        if self.context.waiting > most {
            self.overloaded = Some(format!("{} requests waited for a connection (--backlog {})", most, plan.backlog));
        }
        if let Some(longest) = plan.abort_if_behind
            && self.context.longest_wait_ns > nanos(longest)
        {
            self.overloaded = Some(format!("a request waited more than {longest:?} for its connection"));
        }
        if self.overloaded.is_some() {
            self.progress.stop();
        }
        self.overloaded.is_some()
    }
}
