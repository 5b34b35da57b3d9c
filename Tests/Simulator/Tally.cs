using System.Globalization;

namespace Sweeps.Simulator;

/// <summary>How much was simulated: a campaign in which little went wrong shows little.</summary>
internal sealed class Tally
{
    private long _lives, _jobs, _lost, _refused, _late, _faults, _events, _forgotten;

    public void Add(Simulation run)
    {
        _events += run.Disk.Durable.Count;
        _lost += run.Disk.Durable.Count(e => e.Event.Name is "attempt-lost" or "trial-resumed" or "bisection-attempt-lost");
        if (run.Disk.Durable.Any(e => e.Event.Name == "suggestion-forgotten")) _forgotten++;
        foreach (var happening in run.Log)
        {
            switch (happening.What)
            {
                case What.Started: _lives++; break;
                case What.Told: _jobs++; break;
                case What.Refused: _refused++; break;
                case What.AnsweredLate: _late++; break;
                case What.Fault: _faults++; break;
            }
        }
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{_lives} lives of the orchestrator, {_jobs} jobs, {_events} events, {_faults} faults of devices and journal, {_lost} attempts "
            + $"lost, {_refused} messages refused, {_late} answers after the end of a process; in {_forgotten} seeds a pruning was given "
            + $"up");
}
