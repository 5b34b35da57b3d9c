namespace Sweeps.Domain.Tests;

/// <summary>A search of the sweep that tests run.</summary>
internal static class Searching
{
    private static readonly SweepPlan _sweep = SweepPlan.Of(FakeResults.Spec);

    public static SearchPlan Plan { get; } = _sweep.Search(
        _sweep.Models[0], "bracket_counting", FakeResults.Prepared, (TrainResult)FakeResults.Of(
            SweepPlan.Train(_sweep.Models[0], FakeResults.Prepared)));
}
