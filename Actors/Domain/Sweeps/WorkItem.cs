namespace Sweeps.Domain.Sweeps;

/// <summary>A trial or a search by its place in the plan: the order of places is the plan's.</summary>
/// <param name="Stage">its stage</param>
/// <param name="Model">the index of its model in <see cref="SweepPlan.Models"/>; 0 for the preparation</param>
/// <param name="Task">
/// the index of its task in <see cref="SweepSpec.Tasks"/>, or of the part of the model that it is about (<see cref="ModelParts"/>); 0 where
/// there is none
/// </param>
internal readonly record struct WorkItem(SweepStage Stage, int Model = 0, int Task = 0) : IComparable<WorkItem>
{
    /// <inheritdoc/>
    public int CompareTo(WorkItem other) => (Stage, Model, Task).CompareTo((other.Stage, other.Model, other.Task));
}
