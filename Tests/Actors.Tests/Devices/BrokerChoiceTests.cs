using Akka.Actor;
using System.Collections.Immutable;
using Sweeps.Actors.Devices;

namespace Sweeps.Actors.Tests.Devices;

/// <summary>The broker's indices choose what its definition chooses by a look at all jobs and devices.</summary>
public class BrokerChoiceTests
{
    private static readonly PruneJob _prune = Searching.Plan.Prune(0, new PruningHyperparameters());
    private static readonly TrainJob _train = new()
    {
        Output = "models/m",
        Seed = 1,
        Model = new(),
        Training = new(),
        Corpus = FakeResults.Prepared.Corpus,
    };

    [Theory]
    [InlineData(2, 30)]
    [InlineData(12, 4)]
    public void In_random_histories_every_choice_is_the_one_that_the_definition_makes(int devices, int trials)
    {
        var choices = 0;
        for (var seed = 1UL; seed <= 20; seed++)
        {
            var random = new KeyedRandom(seed, "broker");
            var (state, naive) = (BrokerState.Initial, new NaiveBroker());
            for (var i = 0; i < 300; i++)
            {
                var (device, trial, attempt) = ($"cpu-{random.Next(devices)}", new TrialId($"t{random.Next(trials)}"), 1 + random.Next(2));
                var key = new TicketKey($"sweep-{random.Next(3)}", trial);
                switch (random.Next(11))
                {
                    case 0:
                        var kind = $"kind-{random.Next(2)}";
                        state = state.Ready(device, ActorRefs.Nobody, kind);
                        naive.End(device, new BrokerDevice(device, ActorRefs.Nobody, null, null) { Kind = kind });
                        break;
                    case 1:
                        state = state.Down(device);
                        naive.End(device, null);
                        break;
                    case 2 or 3:
                        state = state.Free(device);
                        if (naive.Devices.TryGetValue(device, out var freed)) naive.End(device, freed with { Running = null });
                        break;
                    case 4:
                        state = state.Withdraw(key, attempt);
                        naive.Queue.RemoveAll(t => t.Key == key && t.Attempt == attempt);
                        naive.Deferred.RemoveAll(t => t.Key == key && t.Attempt == attempt);
                        break;
                    case 5:
                        var sweep = $"sweep-{random.Next(3)}";
                        state = state with { Held = random.Next(2) == 0 ? state.Held.Remove(sweep) : state.Held.Add(sweep) };
                        break;
                    case 6:
                        var terms = new SweepTerms(
                            random.Choose([0.5, 1, 3]), random.Next(2), random.Next(4), random.Choose<string?>([null, "kind-0", "kind-1"]),
                            random.Next(4) != 0);
                        state = state with { Terms = state.Terms.SetItem($"sweep-{random.Next(3)}", terms) };
                        break;
                    case 7:
                        state = state.Leave(device);
                        if (naive.Devices.TryGetValue(device, out var leaving)) naive.Devices[device] = leaving with { IsLeaving = true };
                        break;
                    default:
                        var ticket = new JobTicket(key.Sweep, trial, attempt, RandomJob(random), null, ActorRefs.Nobody)
                        {
                            Turn = random.Next(3),
                        };
                        state = state.Enqueue(ticket);
                        naive.Enqueue(ticket);
                        break;
                }
                // Now and then nobody looks, so that several jobs wait although devices are idle.
                while (random.Next(4) != 0)
                {
                    var choice = state.Next();
                    Assert.Equal(naive.Next(state.Held, state.Terms), choice);
                    if (choice is null) break;
                    choices++;
                    state = state.Assign(choice);
                    naive.Assign(choice);
                }
                Assert.Equal(naive.Queue, state.Queue);
                Assert.Equal(
                    naive.Deferred.Select(t => (t.Key, t.Attempt)).OrderBy(t => t.Key.ToString(), StringComparer.Ordinal),
                    state.Deferred.Values.Select(t => (t.Key, t.Attempt)).OrderBy(t => t.Key.ToString(), StringComparer.Ordinal));
                Assert.Equal(naive.Devices, state.Devices);
                Assert.Equal(naive.Devices.Values.FirstOrDefault(d => d.Running?.Key == key), state.RunningOn(key));
            }
        }
        Assert.True(choices > 300, $"{choices}");
    }

    private static Job RandomJob(KeyedRandom random) => random.Next(4) switch
    {
        0 => _train,
        1 => _prune with { Model = new ArtifactRef("model", $"model-{random.Next(4)}", 1) },
        _ => new EvaluateJob(_prune) { Model = new ArtifactRef("model", $"model-{random.Next(4)}", 1) },
    };

    private sealed class NaiveBroker
    {
        public List<JobTicket> Queue { get; } = [];

        public List<JobTicket> Deferred { get; } = [];

        public SortedDictionary<string, BrokerDevice> Devices { get; } = new(StringComparer.Ordinal);

        public void Enqueue(JobTicket ticket)
        {
            var to = Devices.Values.Any(d => d.Running?.Key == ticket.Key) ? Deferred : Queue;
            to.RemoveAll(t => t.Key == ticket.Key);
            to.Add(ticket);
        }

        /// <summary>The device has ended what it did, and is now <paramref name="after"/>, or gone.</summary>
        public void End(string device, BrokerDevice? after)
        {
            Devices.Remove(device, out var before);
            if (after is not null) Devices[device] = after;
            Queue.AddRange(Deferred.Where(t => t.Key == before?.Running?.Key));
            Deferred.RemoveAll(t => t.Key == before?.Running?.Key);
        }

        public Assignment? Next(ImmutableHashSet<string> held, IReadOnlyDictionary<string, SweepTerms> terms)
        {
            SweepTerms Of(string sweep) => terms.GetValueOrDefault(sweep) ?? SweepTerms.Default;
            int Running(string sweep) => Devices.Values.Count(d => d.Running?.Sweep == sweep);
            var idle = Devices.Values.Where(d => d.Running is null && !d.IsLeaving).ToList();
            var waiting = Queue.Where(t => !held.Contains(t.Sweep) && Of(t.Sweep).IsServed
                && (Of(t.Sweep).MostJobs == 0 || Running(t.Sweep) < Of(t.Sweep).MostJobs)
                && idle.Any(d => Of(t.Sweep).Kind is null || Of(t.Sweep).Kind == d.Kind)).ToList();
            if (waiting.Count == 0) return null;
            var sweep = waiting.Select(t => t.Sweep).OrderByDescending(s => Of(s).Priority).ThenBy(s => Running(s) / Of(s).Weight).First();
            var kind = Of(sweep).Kind ?? idle.Min(d => d.Kind);
            idle.RemoveAll(d => d.Kind != kind);
            var models = idle.Select(d => d.Holds).OfType<string>().ToHashSet();
            // Stable: equals stay in the order of the queue, oldest first.
            var ticket = waiting.Where(t => t.Sweep == sweep)
                .OrderBy(t => t.Job.Affinity is { } model && models.Contains(model) ? 0 : 1)
                .ThenBy(t => t.Priority)
                .ThenBy(t => t.Turn)
                .First();
            return new Assignment(
                ticket, idle.OrderBy(d => d.Holds == ticket.Job.Affinity && d.Holds is not null ? 0 : d.Holds is null ? 1 : 2).First());
        }

        public void Assign(Assignment choice)
        {
            Queue.RemoveAll(t => t.Key == choice.Ticket.Key);
            Devices[choice.Device.Name] = choice.Device with
            {
                Running = choice.Ticket,
                Holds = choice.Ticket.Job.Affinity ?? choice.Device.Holds,
            };
        }
    }
}
