using System.Collections.Immutable;

namespace Sweeps.Actors.Trials;

/// <summary>A training that is compared with those before it in a list, and stopped where it falls behind.</summary>
/// <param name="Rungs">steps at which its loss is stored and told to the parent; of all others nothing is</param>
/// <param name="Turn">its place in the list: those before it should be ahead of it</param>
internal sealed record ComparedTraining(ImmutableArray<int> Rungs, int Turn);
