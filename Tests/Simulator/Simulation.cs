using System.Text.Json;
using Sweeps.Simulator.Cluster;

namespace Sweeps.Simulator;

/// <summary>A sweep from its beginning to its completion, over as many lives of the orchestrator as that takes.</summary>
internal sealed class Simulation
{
    private const int MaxFaultyLives = 15;

    // Far more than any sweep needs once faults have stopped.
    private static readonly TimeSpan _patience = TimeSpan.FromHours(2);
    private readonly TimeSpan _faultyUntil;

    private Simulation(Scenario scenario, Faults faults, TimeSpan faultyUntil, Mutation mutation) =>
        (Scenario, Faults, _faultyUntil, Mutation) = (scenario, faults, faultyUntil, mutation);

    public Scenario Scenario { get; }

    public Faults Faults { get; }

    public Mutation Mutation { get; }

    public Disk Disk { get; } = new();

    /// <summary>What an observer outside of the orchestrator saw.</summary>
    public List<Happening> Log { get; } = [];

    /// <summary>The term of each writer of a cluster's journal.</summary>
    public Dictionary<string, long> Terms { get; } = new(StringComparer.Ordinal);

    /// <summary>Why the sweep was not completed, or null.</summary>
    public string? Problem { get; private set; }

    /// <summary>What a report of the sweep is made of: <c>report.json</c> is a function of it.</summary>
    public string Report => JsonSerializer.Serialize(SweepReadModel.Load(Disk), JobJson.Options);

    private TimeSpan Took { get; set; }

    /// <summary>The sweep of a scenario when nothing goes wrong.</summary>
    public static Simulation Undisturbed(Scenario scenario)
    {
        var simulation = new Simulation(scenario, Faults.None, TimeSpan.Zero, Mutation.None);
        simulation.Run();
        return simulation;
    }

    /// <summary>The sweep with the scenario's faults.</summary>
    /// <param name="undisturbed">the same without</param>
    /// <param name="mutation">what is taken away</param>
    public static Simulation Disturbed(Simulation undisturbed, Mutation mutation)
    {
        var scenario = undisturbed.Scenario;
        var simulation = new Simulation(scenario, scenario.Faults, undisturbed.Took * scenario.FaultyFraction, mutation);
        simulation.Run();
        return simulation;
    }

    /// <summary>Whether anything may go wrong.</summary>
    public bool HasFaults(int life, TimeSpan now) => now < _faultyUntil && life <= MaxFaultyLives;

    private void Run()
    {
        try
        {
            if (Scenario.Cluster is { } cluster && Faults != Faults.None)
            {
                var world = new World(this, cluster, _faultyUntil);
                world.Run(_faultyUntil + _patience);
                Took = world.Now;
                return;
            }
            var now = TimeSpan.Zero;
            for (var number = 1; ; number++)
            {
                // Faults have stopped in one of these lives at last, and one more may end of what they left.
                if (number > MaxFaultyLives + 5)
                    throw new InvalidOperationException("every life of the orchestrator ends, although nothing goes wrong any more");
                var life = new Life(this, number, now);
                var completed = life.Run(_faultyUntil + _patience);
                (now, Took) = (life.Now + TimeSpan.FromSeconds(1), life.Now);
                if (completed) return;
            }
        }
        catch (Exception e)
        {
            Problem = e.Message;
        }
    }
}
