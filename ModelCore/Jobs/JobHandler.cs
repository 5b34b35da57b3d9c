namespace Sweeps.ModelCore.Jobs;

/// <summary>What runs one kind of job.</summary>
/// <param name="Job">the type of its record</param>
/// <param name="Run">runs one to its end</param>
internal sealed record JobHandler(Type Job, Func<Job, JobInputs, JobResult> Run)
{
    public static JobHandler Of<TJob>(Func<TJob, JobInputs, JobResult> run)
        where TJob : Job => new(typeof(TJob), (job, inputs) => run((TJob)job, inputs));
}
