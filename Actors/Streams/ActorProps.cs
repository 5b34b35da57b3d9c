using Akka.Actor;

namespace Sweeps.Actors.Streams;

/// <summary>
/// Props from a plain function. Akka's own take an expression apart and compile it at each call, which costs more than the actor.
/// </summary>
internal static class ActorProps
{
    /// <summary>Props of an actor that <paramref name="make"/> makes; only for actors of this process.</summary>
    public static Props Of<T>(Func<T> make)
        where T : ActorBase
        => Props.CreateBy(new Producer<T>(make));

    private sealed class Producer<T>(Func<T> make) : IIndirectActorProducer
        where T : ActorBase
    {
        public Type ActorType => typeof(T);

        public ActorBase Produce() => make();

        public void Release(ActorBase actor)
        {
        }
    }
}
